//! Batches: what is asked for, and what becomes of each snapshot whatever is answered.
