internal import DurableFiles
internal import Glibc
internal import Logging
internal import Quorum

/// Tells a running service's owner that the policy on the disk is not the one in use any more.
///
/// A policy is taken at the start only: who is asked, what is served at the root and what every remembered decision
/// rests on follow from it.
struct PolicyWatch: Sendable {
    /// The files that the policy is read from, as they were before it was.
    struct Marks: Sendable {
        /// The file, and what it leads to where it is a link.
        fileprivate let paths: [String]
        fileprivate let status: [FileStatus?]

        init(_ workplace: Workplace, file: String?) {
            guard file != "-" else {
                (paths, status) = ([], [])
                return
            }
            let name = file ?? workplace.places.policy
            var target = name
            if let resolved = realpath(name, nil) {
                target = String(cString: resolved)
                free(resolved)
            }
            paths = target == name ? [name] : [name, target]
            status = StateWatcher.marks(paths)
        }
    }

    private let workplace: Workplace
    private let file: String?
    private let marks: Marks
    private let text: String

    /// - Parameters:
    ///   - policy: The one in use.
    ///   - marks: From before it was read, so that no change is missed.
    init(workplace: Workplace, file: String?, policy: Policy, marks: Marks) {
        self.workplace = workplace
        self.file = file
        self.marks = marks
        text = policy.text
    }

    /// Says whether the policy has changed since, and whether a restart would take it.
    func tell(_ logger: Logger) {
        guard let name = marks.paths.first else {
            logger.notice("the policy came from standard input and is read at the start only")
            return
        }
        do throws(CommandError) {
            if try workplace.policy(file).text == text {
                logger.notice("the policy is the one that this service started with", metadata: ["file": "\(name)"])
            } else {
                logger.warning(
                    "the policy has changed; this service goes on with the one it started with until it is restarted",
                    metadata: ["file": "\(name)"])
            }
        } catch {
            logger.error(
                "the policy has changed and would be refused; this service goes on with the one it started with: \(error)",
                metadata: ["file": "\(name)"])
        }
    }

    /// Watches the file.
    func service(_ logger: Logger) -> StateWatcher {
        StateWatcher(paths: marks.paths, before: marks.status, logger: logger) { tell(logger) }
    }
}
