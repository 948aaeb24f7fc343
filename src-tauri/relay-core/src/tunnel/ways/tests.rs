//! What each way starts, and what it reads.
