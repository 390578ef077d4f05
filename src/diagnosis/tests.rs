//! Tests of the message table on bodies that engines and services wrote.
