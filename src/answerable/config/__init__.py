"""I own: the settings, and the embedded database.
I read: the environment and the data directory, nothing else of the product.
I never: import another room."""
