extension Duration {
    /// For people, in at most two units: `850 ns`, `350 ms`, `1.2 s`, `3 min 5 s`, `2 h 5 min`, `3 d 4 h`.
    package var brief: String {
        if self < .zero { return "-" + (Duration.zero - self).brief }
        let parts = components
        let nanoseconds = Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9
        // Each limit is where rounding would reach the next unit.
        switch nanoseconds {
        case ..<999.5: return "\(Int(nanoseconds.rounded())) ns"
        case ..<999.5e3: return "\(Int((nanoseconds / 1e3).rounded())) µs"
        case ..<999.5e6: return "\(Int((nanoseconds / 1e6).rounded())) ms"
        case ..<9.95e9: return "\((nanoseconds / 1e9).tenths) s"
        default: return briefSeconds
        }
    }

    /// The same in whole seconds, for what is shown while it changes.
    package var briefSeconds: String {
        if self < .zero { return "-" + (Duration.zero - self).briefSeconds }
        // Beyond a thousand years the exact number is nobody's concern.
        let seconds = Int(min(self / .seconds(1), 3e10).rounded())
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return Self.pair(seconds / 60, "min", seconds % 60, "s")
        case ..<86400: return Self.pair(seconds / 3600, "h", seconds % 3600 / 60, "min")
        default: return Self.pair(seconds / 86400, "d", seconds % 86400 / 3600, "h")
        }
    }

    private static func pair(_ large: Int, _ largeUnit: String, _ small: Int, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(largeUnit)" : "\(large) \(largeUnit) \(small) \(smallUnit)"
    }
}

extension Double {
    /// With one digit after the point.
    var tenths: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
