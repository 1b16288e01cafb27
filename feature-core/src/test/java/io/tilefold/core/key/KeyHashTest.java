package io.tilefold.core.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyHashTest {
    /** Values published with the reference implementation and its ports. */
    @ParameterizedTest
    @CsvSource({
        "'', EF46DB3751D8E999",
        "a, D24EC4F1A98C6E5B",
        "abc, 44BC2CF5AD770999",
        "Nobody inspects the spammish repetition, FBCEA83C8A378BF1"
    })
    void isXxh64(String text, String expected) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(KeyHash.hash(new UnsafeBuffer(bytes), 0, bytes.length))
                .isEqualTo(Long.parseUnsignedLong(expected, 16));
    }

    @Test
    void spreadsKeysOverAllShards() {
        int[] perShard = new int[7];
        KeyEncoder encoder = new KeyEncoder();
        for (long i = 0; i < 70_000; i++) {
            perShard[KeyHash.shard(encoder.reset().putLong(i).hash(), 7)]++;
        }
        for (int count : perShard) {
            assertThat(count).isBetween(9_500, 10_500);
        }
    }
}
