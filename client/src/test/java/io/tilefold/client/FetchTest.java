package io.tilefold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.types.v1.Column;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FetchTest {
    private static Map<String, ?> row(@Nullable Object value) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("k", value);
        return row;
    }

    private static Column column(@Nullable Object... values) {
        Fetch fetch = Fetch.join("j");
        Arrays.stream(values).forEach(value -> fetch.row(row(value)));
        FetchRequest request = fetch.toRequest();
        assertThat(request.getRowCount()).isEqualTo(values.length);
        return request.getKeys(0);
    }

    @Test
    void everyKeyTypeBecomesItsColumn() {
        assertThat(column((byte) 1, (short) 2, 3, 4L).getLongValues().getValuesList())
                .containsExactly(1L, 2L, 3L, 4L);
        assertThat(column("a", "ä").getStringValues().getValuesList()).containsExactly("a", "ä");
        assertThat(column(true, false).getBooleanValues().getValuesList()).containsExactly(true, false);
        assertThat(column(1.5f).getFloatValues().getValuesList()).containsExactly(1.5f);
        assertThat(column(1.5).getDoubleValues().getValuesList()).containsExactly(1.5);
        assertThat(column(new byte[] {1}).getBinaryValues().getValues(0))
                .isEqualTo(ByteString.copyFrom(new byte[] {1}));
    }

    @Test
    void nullsAreMaskedAndTakeTheirPlace() {
        Column column = column("a", null, "c", null, "e", "f", "g", "h", null);
        assertThat(column.getStringValues().getValuesCount()).isEqualTo(9);
        assertThat(column.getNulls()).isEqualTo(ByteString.copyFrom(new byte[] {0b1010, 1}));
        assertThat(column("a").getNulls()).isEqualTo(ByteString.EMPTY);
        assertThat(column((Object) null).getValuesCase()).isEqualTo(Column.ValuesCase.VALUES_NOT_SET);
    }

    @Test
    void listsMapsAndStructsBecomeColumnsInColumns() {
        Column lists = column(List.of("a", "b"), null, List.of(), Arrays.asList("c", null));
        assertThat(lists.getListValues().getLengthsList()).containsExactly(2, 0, 0, 2);
        assertThat(lists.getNulls()).isEqualTo(ByteString.copyFrom(new byte[] {0b10}));
        Column elements = lists.getListValues().getElements();
        assertThat(elements.getStringValues().getValuesList()).containsExactly("a", "b", "c", "");
        assertThat(elements.getNulls()).isEqualTo(ByteString.copyFrom(new byte[] {0b1000}));
        assertThat(column(List.of()).hasListValues()).as("a list of nothing").isTrue();

        // By bytes: U+FF5E before U+1F600, which as two Java characters stands before it.
        Column maps = column(Map.of("\ud83d\ude00", 3, "\uff5e", 2, "a", 1), Map.of("z", 4));
        assertThat(maps.getMapValues().getLengthsList()).containsExactly(3, 1);
        assertThat(maps.getMapValues().getKeys().getStringValues().getValuesList())
                .containsExactly("a", "\uff5e", "\ud83d\ude00", "z");
        assertThat(maps.getMapValues().getValues().getLongValues().getValuesList())
                .containsExactly(1L, 2L, 3L, 4L);

        Column structs = column(
                new StructValue(Map.of("to", "JFK", "legs", List.of(1, 2))),
                null,
                new StructValue(Map.of("to", "LAX", "legs", List.of())));
        assertThat(structs.getNulls()).isEqualTo(ByteString.copyFrom(new byte[] {0b10}));
        List<Column> fields = structs.getStructValues().getFieldsList().stream()
                .sorted(Comparator.comparing(Column::getName))
                .toList();
        assertThat(fields).extracting(Column::getName).containsExactly("legs", "to");
        assertThat(fields.get(0).getListValues().getLengthsList()).containsExactly(2, 0, 0);
        assertThat(fields.get(1).getStringValues().getValuesList()).containsExactly("JFK", "", "LAX");

        assertThatThrownBy(() -> column(List.of(1, "b")))
                .hasMessageContaining("element 1, key k: a String after a Long");
        assertThatThrownBy(() -> column(List.of(1), Map.of())).hasMessageContaining("row 1, key k: a ");
        assertThatThrownBy(() -> column(Map.of(1, 2))).hasMessageContaining("key k: a map has the key 1");
    }

    @Test
    void whatCannotBeSentNamesRowAndKey() {
        assertThatThrownBy(() -> column("a", 1))
                .hasMessageContaining("row 1, key k: a Integer after a String")
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> column(Instant.EPOCH)).hasMessageContaining("row 0, key k: a Instant");
        assertThatThrownBy(() -> Fetch.groupBy("g")
                        .row(Map.of("a", 1, "b", 2))
                        .row(Map.of("a", 1))
                        .toRequest())
                .hasMessageContaining("row 1 has no key b");
        assertThatThrownBy(() -> Fetch.groupBy("g")
                        .row(Map.of("a", 1), 5)
                        .row(Map.of("a", 1))
                        .toRequest())
                .hasMessageContaining("row 1 has no moment");
    }

    @Test
    void momentsPositionsAndPinsAreSent() {
        FetchRequest request = Fetch.groupBy("g")
                .row(Map.of("a", 1), 5)
                .row(Map.of("a", 1))
                .asOf(Instant.ofEpochMilli(7))
                .minPosition(2, 64)
                .pinVersion("g", 3)
                .withSchema()
                .toRequest();
        assertThat(request.getGroupBy()).isEqualTo("g");
        assertThat(request.getAsOfMs()).isEqualTo(7);
        assertThat(request.getRowAsOfMsList()).containsExactly(5L, 7L);
        assertThat(request.getMinPositions(0).getPosition()).isEqualTo(64);
        assertThat(request.getVersionPins(0).getVersion()).isEqualTo(3);
        assertThat(request.getIncludeSchema()).isTrue();
    }

    @Test
    void aFetchMayBeSentAgain() {
        Fetch fetch = Fetch.join("j").rows(List.of(Map.of("a", 1), Map.of("a", 2)));
        assertThat(fetch.toRequest()).isEqualTo(fetch.toRequest());
        assertThat(fetch.toRequest().hasAsOfMs()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "localhost:", ":70", "localhost:0", "localhost:65536", "localhost:x", "::1:70"})
    void whatIsNoAddressIsNamed(String address) {
        assertThatThrownBy(() -> Channels.open(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + address + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:7070", "127.0.0.1:1", "[::1]:65535"})
    void anAddressOpensNothingUntilTheFirstCall(String address) {
        Channels.open(address).shutdownNow();
    }

    @Test
    void aClientNeedsAnAddress() {
        assertThatThrownBy(() -> FeatureClient.builder().build()).hasMessageContaining("host:port");
    }

    @Test
    void nobodyThereIsUnavailableNamingTheAddress() {
        try (FeatureClient client = FeatureClient.connect("127.0.0.1:1")) {
            assertThatThrownBy(() -> client.fetch(Fetch.join("j")))
                    .isInstanceOfSatisfying(FetchException.class, failure -> {
                        assertThat(failure.code()).isEqualTo("UNAVAILABLE");
                        assertThat(failure).hasMessageContaining("127.0.0.1:1").hasMessageContaining("refused");
                        assertThat(failure.reason()).isEmpty();
                    });
        }
    }
}
