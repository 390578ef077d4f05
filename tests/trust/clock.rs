//! A clock that is wrong is corrected once from the service's date, and said.
