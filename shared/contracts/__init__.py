"""The published language: what services and partner systems say to each other."""
