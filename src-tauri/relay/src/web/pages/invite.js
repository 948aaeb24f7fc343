// The invite page is not part of this build yet.
