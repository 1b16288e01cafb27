package io.tilefold.batch;

import java.util.Locale;

/**
 * Where a table's files are: {@code flights=PATH[?format=parquet|csv|json]}, a directory with one directory {@code ds=yyyy-MM-dd} per day.
 *
 * @param path as Spark takes it: a local path or a URI
 */
public record TableLocation(String table, String path, Format format) {
    private static final String FORMAT = "?format=";

    public enum Format {
        PARQUET,
        /** With a header line; an empty field is null. */
        CSV,
        /** One object per line. */
        JSON;

        String sparkName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws JobException saying what is wrong with the option */
    public static TableLocation parse(String option) {
        int equals = option.indexOf('=');
        int query = option.lastIndexOf('?');
        String path = option.substring(equals + 1, query > equals ? query : option.length());
        if (equals < 1 || path.isEmpty()) {
            throw new JobException("--table " + option + ": write NAME=PATH or NAME=PATH?format=parquet|csv|json");
        }
        Format format = query > equals ? format(option, option.substring(query)) : Format.PARQUET;
        return new TableLocation(option.substring(0, equals), path, format);
    }

    private static Format format(String option, String query) {
        for (Format format : Format.values()) {
            if (query.equals(FORMAT + format.sparkName())) {
                return format;
            }
        }
        throw new JobException(
                "--table " + option + ": \"" + query + "\" is not ?format=parquet, ?format=csv or ?format=json");
    }
}
