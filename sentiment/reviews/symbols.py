"""Patterns of HTML tags and emoticons, for the normal form of a text and the model's tokens, in lowercase."""

TAG = r"</?[a-z!][^<>]{0,300}>"
EYES = "[:;=]"
NOSE = r"['\-]?"
MOUTH = r"[()\[\]dp/|3](?!\w)"
HEART = "<3"
