document.getElementById("seen").textContent =
    "Your browser asked for this page over " + location.protocol.replace(":", "") + ".";
