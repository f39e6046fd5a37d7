"""Parts of a Rasa pipeline for Chinese: characters, how they sound, the sentence, and how sure to be."""
