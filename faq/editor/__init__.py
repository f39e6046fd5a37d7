"""The content editor: drafts, rehearsal, review and release, as pages for people who do not program."""
