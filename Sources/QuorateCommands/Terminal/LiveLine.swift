/// A line at the bottom of the terminal that changes while something runs.
protocol LiveLine: AnyObject, Sendable {
    /// What it shows now; asked at most ten times a second.
    func liveText(now: Duration, width: Int) -> StyledText?
    /// A line for where nothing can be redrawn, nil while none is due.
    func plainText(now: Duration) -> StyledText?
    /// Whether ``plainText(now:)`` will ever give one.
    var hasPlainText: Bool { get }
}
