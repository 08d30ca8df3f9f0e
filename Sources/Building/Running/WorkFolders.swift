internal import LocalStore
internal import Synchronization

/// Folders in which builders work, used again and again: in a build that takes milliseconds, making and removing them
/// would be the greater part.
final class WorkFolders: Sendable {
    /// What stays in a folder between builds, empty. The sandbox sets owners and modes anew each time.
    private static let kept: Set<String> = [
        "root", "root/build", "root/gnu", "root/gnu/store", "root/nix", "root/nix/store", "root/tmp",
    ]

    private let store: LocalStore
    private let most: Int
    private let free = Mutex<[StagingFolder]>([])

    /// - Parameter most: How many are kept.
    init(store: LocalStore, most: Int) {
        self.store = store
        self.most = most
    }

    /// An empty folder with an empty `root` in it.
    func take() throws -> StagingFolder {
        if let folder = free.withLock({ $0.popLast() }) { return folder }
        let folder = try store.makeStaging("build")
        try WorkFolder.make("\(folder.path)/root", mode: 0o700)
        return folder
    }

    /// Takes a folder back, whatever is in it. Nothing of what ran there may be alive.
    func giveBack(_ folder: StagingFolder) async {
        let isWanted = free.withLock { $0.count < most }
        do {
            guard isWanted else { return try await folder.remove() }
            try await folder.empty(keeping: Self.kept)
            free.withLock { $0.append(folder) }
        } catch {
            // What cannot be removed now goes when the store is opened next.
            try? await folder.remove()
        }
    }

    /// Removes those that are kept for later.
    func removeAll() async {
        let folders = free.withLock { free in
            defer { free = [] }
            return free
        }
        for folder in folders { try? await folder.remove() }
    }
}
