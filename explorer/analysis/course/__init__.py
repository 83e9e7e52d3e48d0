"""What the lessons' questions are answered with: places that are followed, keys, and how an answer is judged."""
