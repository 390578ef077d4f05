//! Canary secrets in every source, looked for in every byte that comes out.
