/// How large a policy may be. Far above what people write, far below what would hurt.
public enum PolicyLimits {
    /// Bytes of a whole file: some ten thousand statements, read in milliseconds.
    public static let fileBytes = 1 << 20
    /// Bytes of one line without its end: a group of some hundred members.
    public static let lineBytes = 16_384
    /// Statements in a file.
    public static let statements = 10_000
    /// Exceptions in a file: each is matched with every subject that is tallied.
    public static let exceptions = 1_000
    /// Groups inside one another, the outermost included: trees are walked on the stack.
    public static let treeDepth = 16
    /// Bytes of a name.
    public static let nameBytes = 128
    /// Bytes of a URL.
    public static let addressBytes = 2_048
    /// Addresses of one key.
    public static let addresses = 64
    /// Bytes of a pattern; a store path has at most 211 after the store directory.
    public static let patternBytes = 512
    /// Bytes of a reason.
    public static let reasonBytes = 1_024
}
