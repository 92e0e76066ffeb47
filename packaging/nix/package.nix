# SPDX-License-Identifier: GPL-2.0-or-later
#
# pkgs.callPackage ./package.nix { }
#
# Its bin/flashrom stands before the one of the package flashrom, which it knows
# by its full path, also when both are in the same profile (meta.priority).
{
  lib,
  stdenv,
  cmocka,
  flashrom,
  json_c,
  libusb1,
  meson,
  ninja,
  pkg-config,
}:

stdenv.mkDerivation {
  pname = "ch341a-beken";
  version = "0.1.0";

  src = lib.cleanSource ../..;

  nativeBuildInputs = [
    meson
    ninja
    pkg-config
  ];
  buildInputs = [
    json_c
    libusb1
  ];
  checkInputs = [ cmocka ];

  mesonFlags = [
    "-Dlauncher_dir=${placeholder "out"}/bin"
    "-Dreal_flashrom=${flashrom}/bin/flashrom:${flashrom}/sbin/flashrom"
    "-Dudev_group="
    (lib.mesonBool "tests" true)
  ];

  doCheck = true;
  checkPhase = ''
    runHook preCheck
    meson test --no-rebuild --suite unit
    runHook postCheck
  '';

  meta = {
    description = "Flash Beken Wi-Fi chips with flashrom and a CH341A";
    license = lib.licenses.gpl2Plus;
    mainProgram = "flashrom";
    platforms = lib.platforms.linux;
    priority = (flashrom.meta.priority or lib.meta.defaultPriority or 5) - 1;
  };
}
