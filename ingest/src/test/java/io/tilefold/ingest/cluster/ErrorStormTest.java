package io.tilefold.ingest.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorStormTest {
    private static final long BEGAN_NS = -5; // System.nanoTime may be negative

    @Test
    void manyErrorsAtOnceAreAStormOnce() {
        ErrorStorm storm = new ErrorStorm();
        for (int i = 1; i < ErrorStorm.ERRORS_MAX; i++) {
            assertThat(storm.isStorm(BEGAN_NS + i)).isFalse();
        }
        assertThat(storm.isStorm(BEGAN_NS + ErrorStorm.ERRORS_MAX)).isTrue();
        assertThat(storm.isStorm(BEGAN_NS + ErrorStorm.ERRORS_MAX + 1)).isFalse();
    }

    @Test
    void asManyOverALongTimeAreNone() {
        ErrorStorm storm = new ErrorStorm();
        for (int i = 0; i < 10 * ErrorStorm.ERRORS_MAX; i++) {
            assertThat(storm.isStorm(BEGAN_NS + i * (ErrorStorm.WINDOW_NS / (ErrorStorm.ERRORS_MAX / 2))))
                    .isFalse();
        }
    }
}
