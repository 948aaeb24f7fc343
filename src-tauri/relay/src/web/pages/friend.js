// The friend page is not part of this build yet.
