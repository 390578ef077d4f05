//! Odd surroundings: full disks, closed pipes, no home, no locale, a proxy.
