"""The operators' commands, a file for each subject; `python -m bot --help` lists them."""
