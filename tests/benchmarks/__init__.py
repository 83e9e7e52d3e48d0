"""`make bench`: speed and memory, measured and printed as one Markdown table. Not part of the tests."""
