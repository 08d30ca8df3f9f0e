internal import Metrics

/// What the gateway counts besides what every HTTP server does.
struct GatewayCounters: Sendable {
    let narInfosServed = Counter(label: "quorate_narinfos_served_total")
    let narInfosRefused = Counter(label: "quorate_narinfos_refused_total")
    let narsServed = Counter(label: "quorate_nars_served_total")
    let narsRefused = Counter(label: "quorate_nars_refused_total")
    /// NARs from caches that were not what was agreed on.
    let wrongNars = Counter(label: "quorate_wrong_nars_total")
    let narBytes = Counter(label: "quorate_nar_bytes_sent_total")
    let troubles = Counter(label: "quorate_troubles_total")
}
