require("left-behind");
