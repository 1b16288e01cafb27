package io.tilefold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.types.v1.BinaryValues;
import io.tilefold.proto.types.v1.BooleanValues;
import io.tilefold.proto.types.v1.Column;
import io.tilefold.proto.types.v1.DoubleValues;
import io.tilefold.proto.types.v1.FloatValues;
import io.tilefold.proto.types.v1.ListValues;
import io.tilefold.proto.types.v1.LongValues;
import io.tilefold.proto.types.v1.MapValues;
import io.tilefold.proto.types.v1.StringValues;
import io.tilefold.proto.types.v1.StructValues;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FetchResultTest {
    private static Column.Builder column(String name) {
        return Column.newBuilder().setName(name);
    }

    private static LongValues longs(Long... values) {
        return LongValues.newBuilder().addAllValues(Arrays.asList(values)).build();
    }

    private static FetchResult result(FetchResponse response) {
        return new FetchResult(response, AnswerLayout.within(response), List.of());
    }

    private static final FetchResult ANSWER = result(FetchResponse.newBuilder()
            .setRowCount(2)
            .addColumns(column("long").setLongValues(longs(5L, 0L)).setNulls(ByteString.copyFrom(new byte[] {2})))
            .addColumns(column("double")
                    .setDoubleValues(DoubleValues.newBuilder().addValues(1.5).addValues(2)))
            .addColumns(column("float")
                    .setFloatValues(FloatValues.newBuilder().addValues(0.5f).addValues(2)))
            .addColumns(column("text")
                    .setStringValues(StringValues.newBuilder().addValues("a").addValues("")))
            .addColumns(column("flag")
                    .setBooleanValues(BooleanValues.newBuilder().addValues(true).addValues(false)))
            .addColumns(column("bytes")
                    .setBinaryValues(BinaryValues.newBuilder()
                            .addValues(ByteString.copyFrom(new byte[] {7}))
                            .addValues(ByteString.EMPTY)))
            .addColumns(column("list")
                    .setListValues(ListValues.newBuilder()
                            .addLengths(1)
                            .addLengths(2)
                            .setElements(column("")
                                    .setLongValues(longs(1L, 2L, 0L))
                                    .setNulls(ByteString.copyFrom(new byte[] {4})))))
            .addColumns(column("map")
                    .setMapValues(MapValues.newBuilder()
                            .addLengths(0)
                            .addLengths(1)
                            .setKeys(column("")
                                    .setStringValues(StringValues.newBuilder().addValues("x")))
                            .setValues(column("").setLongValues(longs(9L)))))
            .addColumns(column("struct")
                    .setStructValues(
                            StructValues.newBuilder().addFields(column("f").setLongValues(longs(1L, 2L)))))
            .addColumns(column("untyped"))
            .addParts(PartAnswer.newBuilder()
                    .setName("p")
                    .addStatuses(io.tilefold.proto.serving.v1.PartStatus.PART_STATUS_COMPLETE)
                    .addStatuses(io.tilefold.proto.serving.v1.PartStatus.PART_STATUS_FAILED)
                    .addFailures(FailureCode.FAILURE_CODE_UNSPECIFIED)
                    .addFailures(FailureCode.FAILURE_CODE_CORRUPT))
            .build());

    @Test
    void typedAccessors() {
        assertThat(ANSWER.getLong(0, "long")).isEqualTo(5);
        assertThat(ANSWER.getLong(1, "long")).isNull();
        assertThat(ANSWER.isNull(1, "long")).isTrue();
        assertThat(ANSWER.getDouble(0, "double")).isEqualTo(1.5);
        assertThat(ANSWER.getDouble(0, "float")).isEqualTo(0.5);
        assertThat(ANSWER.getString(0, "text")).isEqualTo("a");
        assertThat(ANSWER.getBoolean(0, "flag")).isTrue();
        assertThat(ANSWER.getBinary(0, "bytes")).containsExactly(7);
        assertThat(ANSWER.getList(0, "list")).containsExactly(1L);
        assertThat(ANSWER.getList(1, "list")).containsExactly(2L, null);
        assertThat(ANSWER.getMap(0, "map")).isEmpty();
        assertThat(ANSWER.getMap(1, "map")).containsExactly(Map.entry("x", 9L));
        assertThat(ANSWER.getMap(1, "struct")).containsExactly(Map.entry("f", 2L));
        assertThat(ANSWER.get(0, "untyped")).isNull();
    }

    @Test
    void toMapHasEveryColumnInOrder() {
        assertThat(ANSWER.toMap(1).keySet())
                .containsExactly(
                        "long", "double", "float", "text", "flag", "bytes", "list", "map", "struct", "untyped");
        assertThat(ANSWER.toMap(1).get("long")).isNull();
        assertThat(ANSWER.toMap(1).get("list")).isEqualTo(Arrays.asList(2L, null));
    }

    @Test
    void statusesByRow() {
        assertThat(ANSWER.isComplete(0)).isTrue();
        assertThat(ANSWER.isComplete(1)).isFalse();
        assertThat(ANSWER.part("p").failure(1)).isEqualTo(io.tilefold.client.FailureCode.CORRUPT);
        assertThat(ANSWER.part("p").failure(0)).isEqualTo(io.tilefold.client.FailureCode.NONE);
    }

    @Test
    void wrongQuestionsAreNamed() {
        assertThatThrownBy(() -> ANSWER.getLong(0, "text")).hasMessageContaining("column text holds String");
        assertThatThrownBy(() -> ANSWER.get(0, "nope")).hasMessageContaining("no column nope");
        assertThatThrownBy(() -> ANSWER.get(2, "long")).hasMessageContaining("row 2 of an answer of 2");
        assertThatThrownBy(() -> ANSWER.toMap(-1)).hasMessageContaining("row -1");
        assertThatThrownBy(() -> ANSWER.part("q")).hasMessageContaining("[p]");
    }
}
