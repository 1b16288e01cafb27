package io.tilefold.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tilefold.client.FailureCode;
import io.tilefold.client.FetchResult;
import io.tilefold.client.PartResult;
import io.tilefold.client.PositionRange;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.OptionalLong;

/** Prints a row of an answer: for people as a table, for programs as one JSON object. */
final class AnswerPrinter {
    private static final JsonFactory JSON = new JsonFactory();

    private final PrintWriter out;

    AnswerPrinter(PrintWriter out) {
        this.out = out;
    }

    void table(FetchResult answer, int row) {
        int width = answer.columnNames().stream().mapToInt(String::length).max().orElse(0);
        answer.toMap(row).forEach((name, value) -> {
            FailureCode failure = answer.failure(row, name);
            String text = failure == FailureCode.NONE ? AnswerValues.text(value) : "FAILED(" + failure + ")";
            out.printf("%-" + width + "s  %s%n", name, text);
        });
        out.println();
        int partWidth = answer.parts().stream()
                .mapToInt(part -> part.name().length())
                .max()
                .orElse(0);
        for (PartResult part : answer.parts()) {
            out.printf(
                    "%-" + partWidth + "s  %s  batch end %s  version %s  newest event %s  lag %s%n",
                    part.name(),
                    status(part, row),
                    moment(part.batchEndMs()),
                    part.version().isPresent() ? part.version().getAsLong() : "-",
                    moment(part.newestEventMs()),
                    part.consumerLag().isPresent() ? part.consumerLag().getAsLong() : "-");
        }
        out.printf("q %s", Instant.ofEpochMilli(answer.asOfMs()));
        for (PositionRange position : answer.positions()) {
            out.printf(
                    "  shard group %d at %d, caught up at %s, alive at %s",
                    position.shardGroup(),
                    position.toPosition(),
                    moment(position.caughtUpAtMs()),
                    moment(position.heartbeatMs()));
        }
        out.println();
        out.flush();
    }

    void json(FetchResult answer, int row) {
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET).useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("asOfMs", answer.asOfMs());
            json.writeFieldName("values");
            AnswerValues.write(json, answer.toMap(row));
            json.writeArrayFieldStart("parts");
            for (PartResult part : answer.parts()) {
                json.writeStartObject();
                json.writeStringField("name", part.name());
                json.writeStringField("status", part.status(row).name());
                if (part.failure(row) != FailureCode.NONE) {
                    json.writeStringField("failure", part.failure(row).name());
                }
                writeIfPresent(json, "batchEndMs", part.batchEndMs());
                writeIfPresent(json, "version", part.version());
                writeIfPresent(json, "newestEventMs", part.newestEventMs());
                writeIfPresent(json, "consumerLag", part.consumerLag());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeObjectFieldStart("failures");
            for (String column : answer.columnNames()) {
                if (answer.failure(row, column) != FailureCode.NONE) {
                    json.writeStringField(column, answer.failure(row, column).name());
                }
            }
            json.writeEndObject();
            json.writeArrayFieldStart("positions");
            for (PositionRange position : answer.positions()) {
                json.writeStartObject();
                json.writeNumberField("shardGroup", position.shardGroup());
                json.writeNumberField("from", position.fromPosition());
                json.writeNumberField("to", position.toPosition());
                writeIfPresent(json, "caughtUpAtMs", position.caughtUpAtMs());
                writeIfPresent(json, "heartbeatMs", position.heartbeatMs());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.println();
        out.flush();
    }

    private static void writeIfPresent(JsonGenerator json, String name, OptionalLong value) throws IOException {
        if (value.isPresent()) {
            json.writeNumberField(name, value.getAsLong());
        }
    }

    private static String status(PartResult part, int row) {
        FailureCode failure = part.failure(row);
        return failure == FailureCode.NONE ? part.status(row).name() : part.status(row) + "(" + failure + ")";
    }

    private static String moment(OptionalLong timeMs) {
        return timeMs.isPresent() ? Instant.ofEpochMilli(timeMs.getAsLong()).toString() : "-";
    }
}
