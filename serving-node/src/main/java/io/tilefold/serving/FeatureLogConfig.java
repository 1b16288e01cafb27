package io.tilefold.serving;

import java.nio.file.Path;

/**
 * Which fetches are written down, and where. Immutable.
 *
 * @param directory of the files; made if it is not there. Nothing is ever removed from it
 * @param sample share of all fetches, more than 0 and up to 1
 * @param maxFileBytes a file of about so many bytes is ended and the next begun
 */
public record FeatureLogConfig(Path directory, double sample, long maxFileBytes) {
    private static final long DEFAULT_MAX_FILE_BYTES = 256 << 20;

    /** @throws IllegalArgumentException naming the setting and its value */
    public FeatureLogConfig {
        if (!(sample > 0 && sample <= 1)) {
            throw new IllegalArgumentException("featureLog.sample is " + sample + ": it must be above 0 and up to 1");
        }
        if (maxFileBytes < 1) {
            throw new IllegalArgumentException("featureLog.maxFileBytes is " + maxFileBytes + ": it must be positive");
        }
    }

    public static FeatureLogConfig of(Path directory, double sample) {
        return new FeatureLogConfig(directory, sample, DEFAULT_MAX_FILE_BYTES);
    }
}
