"""Parts of a Rasa pipeline for Chinese: characters, how they sound, the whole sentence, and how sure to be."""
