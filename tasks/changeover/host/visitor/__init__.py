"""What a visitor's request is: how it comes to an app, and what is read of the answer."""
