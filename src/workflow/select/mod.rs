//! Which indices an expression means, by the rules of the engines; what is shown is what the engine will take.
