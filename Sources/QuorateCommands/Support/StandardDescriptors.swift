internal import Glibc

/// Standard input, output and error, which a caller may have closed.
enum StandardDescriptors {
    /// Fills the places that are closed. Otherwise the next file that is opened gets one of them, and what is meant for
    /// people is written into it.
    ///
    /// They stay as unusable as they were: what cannot be read is opened for writing, and the other way round, so that
    /// who writes a result to nobody is told.
    static func fill() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The lowest number that is free is given out, and those below this one are taken.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
