//! What plans sends no write, and needs no permission but those documented.
