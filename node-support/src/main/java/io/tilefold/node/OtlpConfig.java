package io.tilefold.node;

import java.net.URI;

/**
 * Where a node's metrics are sent by OTLP over gRPC. Immutable; validated once, here.
 *
 * @param endpoint of a collector, {@code http://HOST:PORT} or {@code https://HOST:PORT}
 * @param intervalMs {@value #DEFAULT_INTERVAL_MS}: how often
 * @param timeoutMs {@value #DEFAULT_TIMEOUT_MS}: what the collector gets for one export, its repetitions included
 */
public record OtlpConfig(String endpoint, long intervalMs, long timeoutMs) {
    public static final long DEFAULT_INTERVAL_MS = 60_000;
    public static final long DEFAULT_TIMEOUT_MS = 10_000;

    /** @throws IllegalArgumentException naming the setting and its value */
    public OtlpConfig {
        URI uri;
        try {
            uri = URI.create(endpoint);
        } catch (IllegalArgumentException malformed) {
            throw wrong("otlpEndpoint", endpoint, "http://HOST:PORT or https://HOST:PORT", malformed);
        }
        boolean scheme = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        if (!scheme || uri.getHost() == null || uri.getPort() < 1) {
            throw wrong("otlpEndpoint", endpoint, "http://HOST:PORT or https://HOST:PORT", null);
        }
        if (intervalMs < 1) {
            throw wrong("otlpIntervalMs", intervalMs, "positive", null);
        }
        if (timeoutMs < 1) {
            throw wrong("otlpTimeoutMs", timeoutMs, "positive", null);
        }
    }

    /** With the default timeout. */
    public static OtlpConfig of(String endpoint, long intervalMs) {
        return new OtlpConfig(endpoint, intervalMs, DEFAULT_TIMEOUT_MS);
    }

    private static IllegalArgumentException wrong(
            String setting, Object value, String rule, @org.jspecify.annotations.Nullable Throwable cause) {
        return new IllegalArgumentException(setting + " is " + value + ": it must be " + rule, cause);
    }
}
