"""The texts of what is due, in the reader's language, and their copies for partner organisations."""
