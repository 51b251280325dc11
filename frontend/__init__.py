"""The Streamlit application: try the model, say whether it was right, and watch the loop."""
