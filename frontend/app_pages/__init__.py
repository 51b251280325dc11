"""The pages: what each shows. What they know is in the modules above, which need no Streamlit."""
