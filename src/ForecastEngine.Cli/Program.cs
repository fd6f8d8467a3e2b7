using ForecastEngine.Cli;

return await CommandLine.RunAsync(args);
