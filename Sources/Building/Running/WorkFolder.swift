internal import DurableFiles
internal import Glibc

/// Makes folders for what is lost without harm when the power fails: unlike those of stores they are not synced, which
/// would take longer than a small build.
enum WorkFolder {
    static func make(_ path: String, mode: mode_t = 0o755) throws(FileFailure) {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileFailure(path, "cannot be made")
        }
        try make(String(path[..<slash]), mode: mode)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw FileFailure(path, "cannot be made") }
    }
}
