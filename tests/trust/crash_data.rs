//! The crash matrix of day two: no document and no good snapshot is lost, wherever a command is cut off.
