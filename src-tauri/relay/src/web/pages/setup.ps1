throw "The set-up script is not part of this build yet."
