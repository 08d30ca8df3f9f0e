/// Names of logs and witnesses, which are the addresses at which they are reached, without a scheme.
///
/// They stand in keys and in every signature, for ever, so what cannot be an address is refused before a key is made.
enum ServiceName {
    /// - Throws: ``CommandError`` of status `usage`, with the spelling that would do where there is one.
    static func check(_ name: String, _ what: String) throws(CommandError) {
        if let scheme = name.firstRange(of: "://") {
            throw CommandError(
                .usage, "\(what) '\(name)': it is an address without a scheme: '\(name[scheme.upperBound...])'")
        }
        let address: BuilderAddress
        do throws(CommandError) {
            address = try BuilderAddress("https://\(name)")
        } catch {
            throw CommandError(
                .usage,
                "\(what) '\(name)': give an address without a scheme, such as logs.example/builds; its path has letters, "
                    + "digits, '-', '.', '_' and '~' only")
        }
        guard address.base == name else {
            throw CommandError(.usage, "\(what) '\(name)': spell it '\(address.base)'")
        }
    }
}
