//! Right place, right owner: no request with credentials leaves for anywhere else.
