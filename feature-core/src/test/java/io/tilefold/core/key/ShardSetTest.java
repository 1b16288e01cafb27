package io.tilefold.core.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.testsupport.Seeds;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ShardSetTest {
    @Test
    void rangesAndSingleShards() {
        ShardSet set = ShardSet.parse("0-2, 5,7", 8);

        assertThat(set.list()).containsExactly(0, 1, 2, 5, 7);
        assertThat(set).hasToString("0-2,5,7");
        assertThat(set.contains(3)).isFalse();
        assertThat(set.isAll()).isFalse();
        assertThat(ShardSet.parse("all", 8)).isEqualTo(ShardSet.parse("0-7", 8)).hasToString("all");
    }

    @Test
    void textAndBitsGiveTheSameSetBack() {
        Seeds.forEach(50, random -> {
            int count = 1 + random.nextInt(300);
            TreeSet<Integer> shards = new TreeSet<>(List.of(random.nextInt(count)));
            random.ints(random.nextInt(count), 0, count).forEach(shards::add);
            ShardSet set = ShardSet.of(count, shards);

            assertThat(set.list()).containsExactlyElementsOf(shards);
            assertThat(ShardSet.parse(set.toString(), count)).isEqualTo(set);
            assertThat(ShardSet.ofBits(count, set.toBits())).isEqualTo(set);
        });
    }

    @Test
    void sayWhatIsWrong() {
        assertThatThrownBy(() -> ShardSet.parse("0-8", 8)).hasMessageContaining("\"0-8\" is not within 0-7");
        assertThatThrownBy(() -> ShardSet.parse("3-1", 8)).hasMessageContaining("\"3-1\"");
        assertThatThrownBy(() -> ShardSet.parse("0-3,2", 8)).hasMessageContaining("\"2\" names a shard a second time");
        assertThatThrownBy(() -> ShardSet.parse("", 8)).hasMessageContaining("write for example 0-3,7 or all");
        assertThatThrownBy(() -> ShardSet.parse("a", 8)).hasMessageContaining("\"a\" is no shard");
        assertThatThrownBy(() -> ShardSet.of(4, List.of())).hasMessageContaining("name one at least");
        assertThatThrownBy(() -> ShardSet.all(0)).hasMessageContaining("from 1 to 65535");
    }
}
