package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OpenKeysTest {
    private final AtomicInteger made = new AtomicInteger();
    private final OpenKeys<Integer> keys = new OpenKeys<>(made::getAndIncrement);
    private final List<Integer> finished = new ArrayList<>();

    private String at(long place, int key) {
        keys.advance(place, finished::add);
        return keys.at(new byte[] {(byte) key}) + (keys.isNew() ? " new" : "");
    }

    @Test
    void keysOfOnePlaceAreToldApartAndStatesAreUsedAgain() {
        assertThat(List.of(at(7, 1), at(7, 2), at(7, 1), at(7, 2))).containsExactly("0 new", "1 new", "0", "1");
        assertThat(finished).isEmpty();
        assertThat(at(8, 2)).as("another place, another key").isEqualTo("0 new");
        assertThat(finished).containsExactly(0, 1);
        keys.finish(finished::add);
        assertThat(finished).containsExactly(0, 1, 0);
        assertThat(made).hasValue(2);
    }
}
