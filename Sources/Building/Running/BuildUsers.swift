internal import DurableFiles
internal import Glibc
internal import Synchronization

/// The users that builders run as when root builds: each has one build at a time, on the whole machine.
final class BuildUsers: Sendable {
    /// A user that one build has to itself. It is free again when the value goes.
    final class Lease: Sendable {
        let uid: UInt32
        let gid: UInt32
        private let descriptor: Int32
        private let pool: BuildUsers

        fileprivate init(uid: UInt32, gid: UInt32, descriptor: Int32, pool: BuildUsers) {
            self.uid = uid
            self.gid = gid
            self.descriptor = descriptor
            self.pool = pool
        }

        deinit {
            close(descriptor)
            pool.giveBack(uid)
        }
    }

    private let gid: UInt32
    private let folder: String
    /// The users that no build of this process has.
    private let free: Mutex<[UInt32]>

    /// - Parameter folder: Where lock files lie, the same for all processes of the machine.
    init(uids: [UInt32], gid: UInt32, folder: String = "/run/quorate/build-users") {
        self.gid = gid
        self.folder = folder
        free = Mutex(uids.reversed())
    }

    /// A free user.
    ///
    /// - Throws: ``BuildingError/Code/sandbox`` when every user is taken, ``BuildingError/Code/fileSystem``.
    func take() throws(BuildingError) -> Lease {
        var taken: [UInt32] = []
        defer { if !taken.isEmpty { free.withLock { [taken] in $0 = taken + $0 } } }
        while let uid = free.withLock({ $0.popLast() }) {
            let path = "\(folder)/\(uid)"
            var descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            if descriptor < 0, errno == ENOENT, (try? WorkFolder.make(folder, mode: 0o700)) != nil {
                descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            }
            guard descriptor >= 0 else {
                taken.append(uid)
                throw BuildingError(.fileSystem, FileFailure(path, "cannot be opened").description)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                return Lease(uid: uid, gid: gid, descriptor: descriptor, pool: self)
            }
            close(descriptor)
            taken.append(uid)
        }
        throw BuildingError(.sandbox, "no build user is free; give more of them, or run fewer builds at a time")
    }

    private func giveBack(_ uid: UInt32) { free.withLock { $0.append(uid) } }
}
