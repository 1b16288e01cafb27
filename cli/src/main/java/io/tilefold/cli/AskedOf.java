package io.tilefold.cli;

import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.StagingQuery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What a command for Spark is asked, checked before the first JVM is started: days, and names of definitions. */
final class AskedOf {
    private AskedOf() {}

    /** @throws ParameterException wrong usage: the option's value is no day */
    static void day(CommandLine command, String option, Optional<String> ds) {
        if (ds.isPresent() && !isDay(ds.get())) {
            throw new ParameterException(
                    command, option + " \"" + ds.get() + "\" is no day: write yyyy-MM-dd, 2001-02-09");
        }
    }

    private static boolean isDay(String ds) {
        try {
            return ds.length() == 10 && LocalDate.parse(ds).getYear() >= 0;
        } catch (DateTimeParseException notADay) {
            return false;
        }
    }

    /** @throws ParameterException wrong usage: nothing can be made at that path, nor written in it; says which part of it is why */
    static void directory(CommandLine command, String option, Path path) {
        Path there = path.toAbsolutePath().normalize();
        while (there.getParent() != null && !Files.exists(there)) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new ParameterException(
                    command,
                    option + " " + path + " cannot be written: " + there
                            + (Files.isDirectory(there) ? " may not be written by this user" : " is no directory")
                            + "; give a directory that may be written, or made");
        }
    }

    /** @throws ParameterException wrong usage, naming the joins there are */
    static void join(CommandLine command, Catalog catalog, Optional<String> name) {
        named(
                command,
                "--join",
                "join",
                catalog.joins().stream().map(CompiledJoin::name).toList(),
                name);
    }

    /** @throws ParameterException wrong usage, naming the GroupBys there are */
    static void groupBy(CommandLine command, Catalog catalog, Optional<String> name) {
        named(
                command,
                "--group-by",
                "GroupBy",
                catalog.groupBys().stream().map(CompiledGroupBy::name).toList(),
                name);
    }

    /** @throws ParameterException wrong usage, naming the staging queries there are */
    static void stagingQuery(CommandLine command, Catalog catalog, Optional<String> name) {
        named(
                command,
                "--staging-query",
                "staging query",
                catalog.stagingQueries().stream().map(StagingQuery::name).toList(),
                name);
    }

    private static void named(
            CommandLine command, String option, String kind, List<String> names, Optional<String> name) {
        if (name.isPresent() && !names.contains(name.get())) {
            throw new ParameterException(
                    command,
                    option + " " + name.get() + ": there is no such " + kind + "; "
                            + (names.isEmpty() ? "there is none at all" : "there are " + String.join(", ", names)));
        }
    }
}
