"""The page on which words light up while one types: the scorer in JavaScript, in the browser."""
