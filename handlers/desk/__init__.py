"""The agents' desk: takes the conversations that the bot hands over, and gives them back."""
